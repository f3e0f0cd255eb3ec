// open-stat-read LIST: the least that any indexer does to a file. For each path of the list, one a line:
// open, fstat, read the first and the last 64 KiB, close. On as many threads as there are cores.
// Prints the number of files and of bytes read.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024, MAXIMUM_THREADS = 64 };

static char **paths;
static size_t path_count;
static atomic_size_t next_path;
static atomic_size_t files_read;
static atomic_uint_fast64_t bytes_read;

static void *work(void *unused) {
    (void)unused;
    char *block = malloc(BLOCK);
    if (block == NULL) return NULL;
    size_t index;
    while ((index = atomic_fetch_add(&next_path, 1)) < path_count) {
        int file = open(paths[index], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file < 0) continue;
        struct stat status;
        if (fstat(file, &status) == 0) {
            ssize_t head = pread(file, block, BLOCK, 0);
            off_t last = status.st_size > BLOCK ? status.st_size - BLOCK : 0;
            ssize_t tail = pread(file, block, BLOCK, last);
            if (head >= 0 && tail >= 0) {
                atomic_fetch_add(&files_read, 1);
                atomic_fetch_add(&bytes_read, (uint_fast64_t)head + (uint_fast64_t)tail);
            }
        }
        close(file);
    }
    free(block);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: open-stat-read LIST\n");
        return 64;
    }
    FILE *list = fopen(arguments[1], "r");
    if (list == NULL) {
        perror(arguments[1]);
        return 5;
    }
    size_t room = 0, line_room = 0;
    char *line = NULL;
    ssize_t length;
    while ((length = getline(&line, &line_room, list)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        if (path_count == room) {
            room = room ? room * 2 : 1024;
            char **larger = realloc(paths, room * sizeof *paths);
            if (larger == NULL) return 1;
            paths = larger;
        }
        if ((paths[path_count++] = strdup(line)) == NULL) return 1;
    }
    free(line);
    fclose(list);

    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int thread_count = cores < 1 ? 1 : cores > MAXIMUM_THREADS ? MAXIMUM_THREADS : (int)cores;
    pthread_t threads[MAXIMUM_THREADS];
    int started = 0;
    while (started < thread_count && pthread_create(&threads[started], NULL, work, NULL) == 0) started++;
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
    printf("%zu files, %llu bytes\n", (size_t)files_read, (unsigned long long)bytes_read);
    return started > 0 && files_read == path_count ? 0 : 3;
}
