#include "live/protocol.h"

#include <gtest/gtest.h>

#include <random>

namespace boxoffice::api {
namespace {

// The frame of a client: masked with zeros, so that the payload stays as it is.
std::string from_client(int first, const std::string& payload, int masked = 0x80) {
    std::string bytes(1, static_cast<char>(first));
    bytes.push_back(static_cast<char>(masked | static_cast<int>(payload.size())));
    return bytes + std::string(masked != 0 ? 4 : 0, '\0') + payload;
}

std::string answer_to(const std::string& bytes, Reading expected) {
    FrameReader reader;
    std::string answer;
    EXPECT_EQ(reader.read(bytes, answer), expected);
    // one byte at a time it is the same
    FrameReader slow;
    std::string same;
    for (const char byte : bytes) {
        slow.read(std::string_view(&byte, 1), same);
    }
    EXPECT_EQ(same, answer);
    return answer;
}

TEST(LiveRequestTest, TakesOneRequestAfterTheOther) {
    std::string bytes = "POST /publish/slots/7 HTTP/1.1\r\nHost: a\r\ncontent-length: 2\r\n\r\n{}"
                        "GET /live/queues/3 HTTP/1.1\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\nrest";
    LiveRequest request;
    ASSERT_EQ(read_request(bytes, request), Reading::done);
    EXPECT_TRUE(request.publishes);
    EXPECT_EQ(request.channel, "slots/7");
    EXPECT_EQ(request.body, "{}");
    EXPECT_FALSE(request.last);
    ASSERT_EQ(read_request(bytes, request), Reading::done);
    EXPECT_FALSE(request.publishes);
    EXPECT_TRUE(request.events);
    EXPECT_EQ(request.channel, "queues/3");
    EXPECT_EQ(request.body, "");
    EXPECT_TRUE(request.last);
    EXPECT_EQ(bytes, "rest");
    EXPECT_EQ(read_request(bytes, request), Reading::more);
}

TEST(LiveRequestTest, NothingElseIsAChannel) {
    for (const std::string path : {"/live/slots/0", "/live/slots/07", "/live/slots/", "/live/slots/x", "/live/events/7",
                                   "/live/slots/7/8", "/live/slots/12345678901234567890", "/publish/slots/7", "/"}) {
        std::string bytes = "GET " + path + " HTTP/1.1\r\n\r\n";
        LiveRequest request;
        ASSERT_EQ(read_request(bytes, request), Reading::done) << path;
        EXPECT_EQ(request.channel, "") << path;
    }
}

TEST(LiveRequestTest, RefusesWhatIsNoRequest) {
    for (std::string bytes :
         {std::string("GET /live/slots/7\r\n\r\n"), std::string("GET /live/slots/7 HTTP/1.0\r\n\r\n"),
          std::string("nonsense\r\n\r\n"), std::string("POST /publish/slots/7 HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
          std::string("POST /publish/slots/7 HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n"), std::string(8192, 'x')}) {
        LiveRequest request;
        EXPECT_EQ(read_request(bytes, request), Reading::broken) << bytes.substr(0, 60);
    }
}

// The example of RFC 6455, 1.3.
TEST(WebsocketTest, AcceptsAKey) {
    EXPECT_NE(
        websocket_acceptance("dGhlIHNhbXBsZSBub25jZQ==").find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
        std::string::npos);
}

TEST(WebsocketTest, FramesHaveTheirLength) {
    EXPECT_EQ(frame(Opcode::text, "ab"), "\x81\x02"
                                         "ab");
    EXPECT_EQ(frame(Opcode::text, std::string(126, 'a')).substr(0, 4), std::string("\x81\x7e\x00\x7e", 4));
    EXPECT_EQ(frame(Opcode::text, std::string(65536, 'a')).substr(0, 10),
              std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

TEST(WebsocketTest, PingsAreAnsweredAndTheRestIsNotLookedAt) {
    EXPECT_EQ(answer_to(from_client(0x89, "hi"), Reading::more), frame(Opcode::pong, "hi"));
    EXPECT_EQ(answer_to(from_client(0x81, "text") + from_client(0x89, "") + from_client(0x8a, "x"), Reading::more),
              frame(Opcode::pong, ""));
    // in the middle of a message of two parts
    EXPECT_EQ(answer_to(from_client(0x01, "te") + from_client(0x89, "a") + from_client(0x80, "xt"), Reading::more),
              frame(Opcode::pong, "a"));
    EXPECT_EQ(answer_to(from_client(0x88, std::string("\x03\xe8", 2)), Reading::broken),
              frame(Opcode::close, std::string("\x03\xe8", 2)));
}

TEST(WebsocketTest, UnmasksPings) {
    EXPECT_EQ(answer_to(std::string("\x89\x82\x01\x02\x03\x04", 6) + std::string("\x49\x4b", 2), Reading::more),
              frame(Opcode::pong, "HI"));
}

TEST(WebsocketTest, MistakesEndIt) {
    const std::string mistake = frame(Opcode::close, std::string("\x03\xea", 2));
    EXPECT_EQ(answer_to(from_client(0x81, "a", 0), Reading::broken), mistake) << "not masked";
    EXPECT_EQ(answer_to(from_client(0xc1, "a"), Reading::broken), mistake) << "reserved bits";
    EXPECT_EQ(answer_to(from_client(0x83, "a"), Reading::broken), mistake) << "an opcode that there is not";
    EXPECT_EQ(answer_to(from_client(0x8b, "a"), Reading::broken), mistake) << "nor this";
    EXPECT_EQ(answer_to(from_client(0x09, "a"), Reading::broken), mistake) << "half a ping";
    EXPECT_EQ(answer_to(std::string("\x89\xfe\x00\x80\0\0\0\0", 8), Reading::broken), mistake) << "a long ping";
    EXPECT_EQ(answer_to(std::string("\x89\xff", 2), Reading::broken), mistake) << "a very long ping";
}

// Whatever comes, no more is answered than was sent, and nothing after the end.
TEST(WebsocketTest, WithstandsNoise) {
    std::minstd_rand random(20261128);
    for (int round = 0; round < 20000; ++round) {
        FrameReader reader;
        std::string answer;
        std::size_t sent = 0;
        bool ended = false;
        for (int piece = 0; piece < 8; ++piece) {
            std::string bytes(random() % 40, '\0');
            for (char& byte : bytes) {
                byte = static_cast<char>(random());
            }
            if (random() % 2 == 0) {
                bytes = from_client(0x80 | static_cast<int>(random() % 16), bytes);
            }
            sent += bytes.size();
            const std::size_t before = answer.size();
            const Reading reading = reader.read(bytes, answer);
            EXPECT_FALSE(ended && (reading != Reading::broken || answer.size() > before));
            ended = ended || reading == Reading::broken;
        }
        ASSERT_LE(answer.size(), sent + 4);
    }
}

} // namespace
} // namespace boxoffice::api
