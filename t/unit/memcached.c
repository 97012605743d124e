/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached.c: starts, freezes and ends memcached.
 */
#include "memcached.h"

#include "tap.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in local(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int free_port(void)
{
    struct sockaddr_in address = local(0);
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port = 0;

    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &length) == 0) {
        port = ntohs(address.sin_port);
    }
    close(fd);
    return port;
}

static int open_connection(int port)
{
    struct sockaddr_in address = local(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int answers(const struct server *server)
{
    int fd = open_connection(server->port);

    if (fd < 0) {
        return 0;
    }
    close(fd);
    return 1;
}

static void run(int port)
{
    char text[16];
    const char *args[] = {"memcached", "-l", "127.0.0.1", "-U", "0", "-t", "1",
                          "-m", "64", "-p", text, "-u", "nobody", NULL};

    snprintf(text, sizeof(text), "%d", port);
    if (geteuid() != 0) {
        args[11] = NULL;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (freopen("/dev/null", "w", stderr) == NULL) { /* it is chatty */
        _exit(127);
    }
    execvp(args[0], (char **)args);
    _exit(127);
}

int server_start(struct server *server)
{
    pid_t gone = 0;

    if (server->port == 0) {
        server->port = free_port();
    }
    fflush(stdout);
    server->pid = fork();
    if (server->pid == 0) {
        run(server->port);
    }
    WAIT_UNTIL(answers(server) ||
               (gone = waitpid(server->pid, NULL, WNOHANG)) != 0);
    if (gone != 0) {
        server->pid = 0;
    }
    return server->pid != 0 && answers(server);
}

void server_stop(struct server *server)
{
    if (server->pid != 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
}

void server_freeze(struct server *server)
{
    int status;

    kill(server->pid, SIGSTOP);
    waitpid(server->pid, &status, WUNTRACED);
}

void server_thaw(struct server *server)
{
    kill(server->pid, SIGCONT);
}

void servers_config(rcache_tier_config *config, const struct server *servers,
                    int count)
{
    static char text[256];
    size_t at = 0;
    int i;

    for (i = 0; i < count; i++) {
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s127.0.0.1:%d",
                               i > 0 ? "," : "", servers[i].port);
    }
    rcache_tier_config_init(config);
    config->servers = text;
}

const char *server_says(const struct server *server, const char *command)
{
    static char text[4096];
    size_t at = 0;
    ssize_t got;
    int fd = open_connection(server->port);

    text[0] = '\0';
    if (fd < 0) {
        return text;
    }
    dprintf(fd, "%s\r\nquit\r\n", command);
    while (at < sizeof(text) - 1 &&
           (got = read(fd, text + at, sizeof(text) - 1 - at)) > 0) {
        at += (size_t)got;
    }
    text[at] = '\0';
    close(fd);
    return text;
}
