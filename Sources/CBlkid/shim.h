// libblkid of util-linux: what stands on a disk, told from its bytes.
#include <blkid/blkid.h>
