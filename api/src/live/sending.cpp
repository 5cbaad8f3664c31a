#include "live/sending.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>

namespace boxoffice::api {

Sending::Sending(std::string head, Message message, std::string_view end)
    : head_(std::move(head)), message_(std::move(message)), end_(end) {}

ssize_t Sending::send_to(int socket) {
    iovec parts[3];
    msghdr all{};
    all.msg_iov = parts;
    std::size_t skipped = sent_;
    for (const std::string_view part : {std::string_view(head_), message_ ? std::string_view(*message_) : "", end_}) {
        const std::string_view left = part.substr(std::min(skipped, part.size()));
        skipped -= part.size() - left.size();
        if (!left.empty()) {
            parts[all.msg_iovlen++] = {const_cast<char*>(left.data()), left.size()};
        }
    }
    const ssize_t count = sendmsg(socket, &all, MSG_NOSIGNAL);
    sent_ += count > 0 ? static_cast<std::size_t>(count) : 0;
    return count;
}

} // namespace boxoffice::api
