// zlib: gzip. Its initialisers are macros, which Swift cannot call.
#include <zlib.h>

// 15: the largest window; 16 more: a gzip header, with no name and no time in it.
static inline int czlib_begin_writing(z_stream *stream) {
    return deflateInit2(stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
static inline int czlib_begin_reading(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
