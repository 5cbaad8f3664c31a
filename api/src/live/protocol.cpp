#include "live/protocol.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace boxoffice::api {

namespace {

constexpr std::string_view publish_path = "/publish/";
constexpr std::string_view live_path = "/live/";
constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::size_t longest_control = 125;
constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t masked_bit = 0x80;

// slots/7 or queues/7: a number from 1 on, of at most 19 digits.
bool is_channel(std::string_view name) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) {
        return false;
    }
    const std::string_view kind = name.substr(0, slash);
    const std::string_view number = name.substr(slash + 1);
    return (kind == "slots" || kind == "queues") && !number.empty() && number.size() <= 19 && number.front() != '0' &&
           number.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string channel_of(std::string_view path, std::string_view prefix) {
    const bool fits = path.starts_with(prefix) && is_channel(path.substr(prefix.size()));
    return fits ? std::string(path.substr(prefix.size())) : "";
}

bool is_same(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

// The value of a header; empty: it is not there.
std::string_view header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
        std::string_view line = head.substr(at + 2);
        line = line.substr(0, line.find("\r\n"));
        if (line.size() > name.size() && line[name.size()] == ':' && is_same(line.substr(0, name.size()), name)) {
            line.remove_prefix(name.size() + 1);
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            return line;
        }
    }
    return {};
}

} // namespace

Reading read_request(std::string& bytes, LiveRequest& request) {
    const std::size_t end = bytes.find(end_of_head);
    if (end == std::string::npos) {
        return bytes.size() < longest_head ? Reading::more : Reading::broken;
    }
    const std::string_view head = std::string_view(bytes).substr(0, end);
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t space = line.find(' ');
    const std::size_t second = line.rfind(' ');
    if (space == std::string_view::npos || space == second || line.substr(second + 1) != "HTTP/1.1") {
        return Reading::broken;
    }
    std::size_t length = 0;
    if (const std::string_view text = header(head, "Content-Length"); !text.empty()) {
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), length);
        if (error != std::errc() || stop != text.data() + text.size() || length > longest_message) {
            return Reading::broken;
        }
    }
    if (bytes.size() < end + end_of_head.size() + length) {
        return Reading::more;
    }
    const std::string_view method = line.substr(0, space);
    const std::string_view path = line.substr(space + 1, second - space - 1);
    request = {};
    request.publishes = method == "POST";
    if (request.publishes || method == "GET") {
        request.channel = channel_of(path, request.publishes ? publish_path : live_path);
    }
    request.last = is_same(header(head, "Connection"), "close");
    request.events = header(head, "Accept") == "text/event-stream";
    if (is_same(header(head, "Upgrade"), "websocket")) {
        request.websocket_key = header(head, "Sec-WebSocket-Key");
    }
    request.body = bytes.substr(end + end_of_head.size(), length);
    bytes.erase(0, end + end_of_head.size() + length);
    return Reading::done;
}

std::string websocket_acceptance(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
    unsigned char encoded[2 * EVP_MAX_MD_SIZE];
    const int length = EVP_EncodeBlock(encoded, digest, static_cast<int>(size));
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           std::string(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length)) + "\r\n\r\n";
}

std::string http_head(std::string_view status, std::size_t size) {
    std::string text = "HTTP/1.1 " + std::string(status) + "\r\n";
    // 204 has neither a body nor its length
    if (!status.starts_with("204")) {
        text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(size) + "\r\n";
    }
    return text.append("\r\n");
}

std::string http_answer(std::string_view status, std::string_view body) {
    return http_head(status, body.size()).append(body);
}

std::string frame_head(Opcode opcode, std::uint64_t size) {
    std::string bytes(1, static_cast<char>(final_bit | static_cast<std::uint8_t>(opcode)));
    int length_bytes = 0;
    if (size <= longest_control) {
        bytes.push_back(static_cast<char>(size));
    } else {
        length_bytes = size <= 0xffff ? 2 : 8;
        bytes.push_back(static_cast<char>(length_bytes == 2 ? 126 : 127));
    }
    for (int at = length_bytes - 1; at >= 0; --at) {
        bytes.push_back(static_cast<char>(size >> (8 * at) & 0xff));
    }
    return bytes;
}

std::string frame(Opcode opcode, std::string_view payload) {
    return frame_head(opcode, payload.size()).append(payload);
}

// Done: the head is complete.
Reading FrameReader::read_head(std::string& answer) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(head_[at]); };
    if (head_.size() < 2) {
        return Reading::more;
    }
    const std::uint8_t length = byte(1) & 0x7f;
    const std::size_t length_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
    opcode_ = byte(0) & 0x0f;
    const bool control = opcode_ >= 8;
    const bool known = opcode_ <= 2 || (control && opcode_ <= 10);
    // a client has to mask; control frames are short and whole
    if ((byte(0) & reserved_bits) != 0 || (byte(1) & masked_bit) == 0 || !known ||
        (control && (length > longest_control || (byte(0) & final_bit) == 0))) {
        answer += frame(Opcode::close, std::string_view("\x03\xea", 2)); // 1002, a mistake in the protocol
        closed_ = true;
        return Reading::broken;
    }
    if (head_.size() < 2 + length_bytes + sizeof(mask_)) {
        return Reading::more;
    }
    left_ = length_bytes == 0 ? length : 0;
    for (std::size_t at = 0; at < length_bytes; ++at) {
        left_ = left_ << 8 | byte(2 + at);
    }
    std::copy_n(head_.begin() + 2 + static_cast<std::ptrdiff_t>(length_bytes), sizeof(mask_), mask_);
    return Reading::done;
}

void FrameReader::finish_control(std::string& answer) {
    if (opcode_ == static_cast<std::uint8_t>(Opcode::ping)) {
        answer += frame(Opcode::pong, control_);
    } else if (opcode_ == static_cast<std::uint8_t>(Opcode::close)) {
        answer += frame(Opcode::close, std::string_view(control_).substr(0, 2));
        closed_ = true;
    }
}

Reading FrameReader::read(std::string_view bytes, std::string& answer) {
    while (!closed_ && (!bytes.empty() || in_payload_)) {
        if (!in_payload_) {
            head_.push_back(bytes.front());
            bytes.remove_prefix(1);
            if (read_head(answer) != Reading::done) {
                continue;
            }
            in_payload_ = true;
            position_ = 0;
            control_.clear();
        }
        const std::uint64_t count = std::min<std::uint64_t>(left_, bytes.size());
        if (opcode_ >= 8) {
            for (const char character : bytes.substr(0, count)) {
                control_.push_back(static_cast<char>(character ^ mask_[position_++ % sizeof(mask_)]));
            }
        }
        bytes.remove_prefix(count);
        left_ -= count;
        if (left_ > 0) {
            break;
        }
        in_payload_ = false;
        head_.clear();
        finish_control(answer);
    }
    return closed_ ? Reading::broken : Reading::more;
}

} // namespace boxoffice::api
