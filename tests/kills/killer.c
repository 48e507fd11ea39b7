/* Runs a program and kills it, or the supervisor that it starts, with SIGKILL as it enters its n-th
 * system call. What they start is let go at its exec: only the two are slowed down and counted.
 *
 *     killer VICTIM N COUNTS PROGRAM ARGUMENT ...
 *
 * VICTIM is whose calls are counted, and who dies: engine, supervisor, engine+both, supervisor+both.
 * With N 0 nobody dies. COUNTS is a file: how many calls the engine and the supervisor made, and
 * whether anybody was killed. The exit is the program's; 137 if it was killed. */

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum role { UNKNOWN, ENGINE, SUPERVISOR, STARTING };

struct tracee {
    pid_t tid;
    enum role role;
    int inside;
};

static struct tracee tracees[4096];
static int tracee_count;
static long calls[4];
static pid_t engine, supervisor;

static struct tracee *find(pid_t tid) {
    for (int i = 0; i < tracee_count; i++)
        if (tracees[i].tid == tid) return &tracees[i];
    if (tracee_count == 4096) exit(70);
    tracees[tracee_count] = (struct tracee){tid, UNKNOWN, 0};
    return &tracees[tracee_count++];
}

static void forget(pid_t tid) {
    for (int i = 0; i < tracee_count; i++)
        if (tracees[i].tid == tid) tracees[i] = tracees[--tracee_count];
}

/* The process that a thread belongs to. */
static pid_t process_of(pid_t tid) {
    char path[64], line[256];
    pid_t process = tid;
    snprintf(path, sizeof path, "/proc/%d/status", tid);
    FILE *file = fopen(path, "r");
    if (!file) return tid;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Tgid: %d", &process) == 1) break;
    fclose(file);
    return process;
}

static int is_supervisor(pid_t pid) {
    char path[64], words[4096];
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t read = fread(words, 1, sizeof words - 1, file);
    fclose(file);
    words[read] = 0;
    size_t first = strlen(words) + 1;
    /* The word alone: with another one behind it, it is a helper of the supervisor's. */
    return first < read && !strcmp(words + first, "__supervise") && first + strlen("__supervise") + 1 >= read;
}

static enum role role_of(pid_t tid) {
    pid_t process = process_of(tid);
    if (process == engine) return ENGINE;
    if (supervisor && process == supervisor) return SUPERVISOR;
    return STARTING;
}

static void go_on(struct tracee *tracee, int signal, int counting) {
    int counted = counting && (tracee->role == ENGINE || tracee->role == SUPERVISOR);
    ptrace(counted ? PTRACE_SYSCALL : PTRACE_CONT, tracee->tid, 0, (void *)(long)signal);
}

static void tell(const char *path, int killed) {
    FILE *file = fopen(path, "w");
    if (!file) return;
    fprintf(file, "%ld %ld %d\n", calls[ENGINE], calls[SUPERVISOR], killed);
    fclose(file);
}

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    enum role victim = strncmp(argv[1], "engine", 6) ? SUPERVISOR : ENGINE;
    int both = strstr(argv[1], "+both") != 0;
    long n = atol(argv[2]);
    int killed = 0;

    int gate[2], status;
    char open;
    if (pipe(gate)) return 70;
    engine = fork();
    if (engine < 0) return 70;
    if (engine == 0) {
        close(gate[1]);
        if (read(gate[0], &open, 1)) _exit(127);
        close(gate[0]);
        execv(argv[4], argv + 4);
        _exit(127);
    }
    close(gate[0]);
    find(engine)->role = ENGINE;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                   PTRACE_O_TRACEEXEC;
    /* Seized and not attached: what is being started when we end goes on, instead of staying stopped. */
    if (ptrace(PTRACE_SEIZE, engine, 0, (void *)options)) return 70;
    close(gate[1]);

    for (;;) {
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0 && errno == EINTR) continue;
        if (tid < 0) return 70;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            forget(tid);
            if (tid != engine) continue;
            tell(argv[3], killed);
            /* Whoever is still traced is let go by our end. */
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        struct tracee *tracee = find(tid);
        int signal = WSTOPSIG(status), event = status >> 16;
        int counting = !killed;
        if (tracee->role == UNKNOWN) {
            /* The first stop of a new one. */
            tracee->role = role_of(tid);
            go_on(tracee, 0, counting);
        } else if (event == PTRACE_EVENT_EXEC) {
            if (tracee->role == ENGINE) {
                go_on(tracee, 0, counting);
            } else if (!supervisor && is_supervisor(tid)) {
                supervisor = tid;
                tracee->role = SUPERVISOR;
                go_on(tracee, 0, counting);
            } else {
                ptrace(PTRACE_DETACH, tid, 0, 0);
                forget(tid);
            }
        } else if (event) {
            go_on(tracee, 0, counting);
        } else if (signal == (SIGTRAP | 0x80)) {
            tracee->inside = !tracee->inside;
            if (tracee->inside && counting) {
                calls[tracee->role]++;
                if (tracee->role == victim && calls[victim] == n) {
                    killed = 1;
                    /* The engine last: our end comes with its end. */
                    if (supervisor && (victim == SUPERVISOR || both)) kill(supervisor, SIGKILL);
                    if (victim == ENGINE || both) kill(engine, SIGKILL);
                    counting = 0;
                }
            }
            go_on(tracee, 0, counting);
        } else {
            go_on(tracee, signal, counting);
        }
    }
}
