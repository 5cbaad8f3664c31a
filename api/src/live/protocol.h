// What is spoken with those who listen: HTTP/1.1 as the front and the relay write it, and WebSocket (RFC 6455) as strangers
// do, whose frames arrive as they sent them. Only bytes in and out; nothing here knows of sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace boxoffice::api {

constexpr std::size_t longest_head = 8192;
constexpr std::size_t longest_message = 1 << 20;

struct LiveRequest {
    bool publishes = false; // else it listens
    bool events = false;
    std::string channel;       // empty: nothing is at the address that was asked for
    std::string websocket_key; // not empty: a WebSocket
    std::string body;
    bool last = false; // the connection ends with the answer
};

enum class Reading { more, done, broken };

// Takes one request off the beginning of `bytes`; more: it is not complete yet.
Reading read_request(std::string& bytes, LiveRequest& request);

// What answers a request for a WebSocket.
std::string websocket_acceptance(std::string_view key);

// The head of an answer with a body in JSON of so many bytes, or with none.
std::string http_head(std::string_view status, std::size_t size);

// A whole answer.
std::string http_answer(std::string_view status, std::string_view body);

enum class Opcode : std::uint8_t { text = 1, close = 8, ping = 9, pong = 10 };

// The head of a frame of a server, whose payload has so many bytes.
std::string frame_head(Opcode opcode, std::uint64_t size);

// A whole frame.
std::string frame(Opcode opcode, std::string_view payload);

// Reads what a client sends over a WebSocket, which is of no interest, but for pings and its end.
class FrameReader {
public:
    // Reads bytes and appends what is to be answered. Broken: nothing more may be read, and the connection ends as soon as
    // the answer is sent; so it is when the client has closed.
    Reading read(std::string_view bytes, std::string& answer);

private:
    Reading read_head(std::string& answer);
    void finish_control(std::string& answer);

    std::string head_;           // of the frame that has begun, up to 14 bytes
    std::string control_;        // the payload of a control frame
    std::uint64_t left_ = 0;     // bytes of the payload that are still to come
    std::uint64_t position_ = 0; // in the payload
    std::uint8_t opcode_ = 0;
    std::uint8_t mask_[4] = {};
    bool in_payload_ = false;
    bool closed_ = false;
};

} // namespace boxoffice::api
