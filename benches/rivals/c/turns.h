/* The agreement that every rival keeps, as ../README.md states it, for those in C and C++. Knows none of them. */
#ifndef TURNS_H
#define TURNS_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A message; a NUL that is not counted follows it. */
struct message {
    char *bytes;
    size_t length;
};

/* Reads one message and says whether it took it; leaves the message as it was. */
typedef int (*read_message)(const struct message *message);

static void trouble(const char *what)
{
    perror(what);
    exit(1);
}

/* The processor time of this process in nanoseconds: what other programs of the machine do is not in it. */
static long long cpu_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static struct message load(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &about) != 0)
        trouble(path);
    struct message message = {(char *)malloc(about.st_size + 1), (size_t)about.st_size};
    if (message.bytes == NULL || fread(message.bytes, 1, message.length, file) != message.length)
        trouble(path);
    message.bytes[message.length] = '\0';
    fclose(file);
    return message;
}

static int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* A file, or all files of a folder in the order of their names. */
static size_t load_all(const char *path, struct message **messages)
{
    struct stat about;
    struct dirent **entries;
    char name[4096];
    if (stat(path, &about) != 0)
        trouble(path);
    int count = S_ISDIR(about.st_mode) ? scandir(path, &entries, visible, alphasort) : 1;
    if (count < 0)
        trouble(path);
    *messages = (struct message *)calloc(count, sizeof **messages);
    for (int i = 0; i < count; i++) {
        if (S_ISDIR(about.st_mode))
            snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        else
            snprintf(name, sizeof name, "%s", path);
        (*messages)[i] = load(name);
    }
    return count;
}

static int serve(const char *path, read_message read)
{
    struct message *messages;
    size_t all = load_all(path, &messages), taken = 0, bytes = 0;
    for (size_t i = 0; i < all; i++) {
        if (!read(&messages[i]))
            continue;
        bytes += messages[i].length;
        messages[taken++] = messages[i];
    }
    printf("%zu %zu %zu\n", taken, all - taken, bytes);
    fflush(stdout);
    long long milliseconds;
    while (scanf("%lld", &milliseconds) == 1) {
        long long begin = cpu_time(), spent = 0, passes = 0;
        do {
            for (size_t i = 0; i < taken; i++)
                if (!read(&messages[i]))
                    abort();
            passes++;
            spent = cpu_time() - begin;
        } while (spent < milliseconds * 1000000LL);
        printf("%lld %lld\n", passes, spent);
        fflush(stdout);
    }
    return 0;
}

#endif
