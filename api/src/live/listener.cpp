#include "live/listener.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace boxoffice::api {

namespace {

constexpr int backlog = 4096;

[[noreturn]] void fail(const std::string& where) {
    throw std::runtime_error("cannot listen at " + where + ": " + std::strerror(errno));
}

Descriptor new_socket(int family, const std::string& where) {
    Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) {
        fail(where);
    }
    return socket;
}

void bind_and_listen(const Descriptor& socket, const void* address, socklen_t size, const std::string& where) {
    if (bind(socket.get(), static_cast<const sockaddr*>(address), size) != 0 || listen(socket.get(), backlog) != 0) {
        fail(where);
    }
}

Descriptor listen_at_path(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        throw std::runtime_error("publisher: a socket's path may have " + std::to_string(sizeof(address.sun_path) - 1) +
                                 " characters");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const Descriptor client = new_socket(AF_UNIX, path);
    if (connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 || errno == EAGAIN) {
        errno = EADDRINUSE;
        fail(path);
    }
    if (errno == ECONNREFUSED) {
        unlink(path.c_str());
    }
    Descriptor socket = new_socket(AF_UNIX, path);
    bind_and_listen(socket, &address, sizeof(address), path);
    // open to all who reach its folder
    chmod(path.c_str(), 0666);
    return socket;
}

} // namespace

Descriptor listen_at(const LivePlace& place) {
    if (place.is_unix) {
        return listen_at_path(place.host);
    }
    const std::string where = place.host + ":" + std::to_string(place.port);
    const int on = 1;
    const bool six = place.host.find(':') != std::string::npos;
    Descriptor socket = new_socket(six ? AF_INET6 : AF_INET, where);
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (six) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(static_cast<std::uint16_t>(place.port));
        inet_pton(AF_INET6, place.host.c_str(), &address.sin6_addr);
        bind_and_listen(socket, &address, sizeof(address), where);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(place.port));
        inet_pton(AF_INET, place.host.c_str(), &address.sin_addr);
        bind_and_listen(socket, &address, sizeof(address), where);
    }
    return socket;
}

} // namespace boxoffice::api
