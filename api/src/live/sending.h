// What is being sent to one connection: bytes of its own, then perhaps a message and what ends it. The message is not copied:
// all who hear it share it, so that a connection that reads slowly costs little.
#pragma once

#include "live/channels.h"

#include <sys/types.h>

#include <string>
#include <string_view>

namespace boxoffice::api {

class Sending {
public:
    Sending() = default;
    explicit Sending(std::string head, Message message = nullptr, std::string_view end = {});

    bool is_done() const { return sent_ == size(); }

    // Hands the socket what is left, as far as it has room for it. Returns what send(2) does.
    ssize_t send_to(int socket);

private:
    std::size_t size() const { return head_.size() + (message_ ? message_->size() : 0) + end_.size(); }

    std::string head_;
    Message message_;
    std::string_view end_; // lives as long as the program
    std::size_t sent_ = 0;
};

} // namespace boxoffice::api
