// Bytes of one's own and a message that is shared arrive in one piece, however little room there is at a time.
#include "live/sending.h"

#include "live/listener.h"

#include <gtest/gtest.h>

#include <sys/socket.h>

namespace boxoffice::api {
namespace {

std::string read_all(int socket) {
    std::string all;
    char buffer[4096];
    for (ssize_t count = 0; (count = recv(socket, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0;) {
        all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
}

TEST(LiveSending, SendsHeadMessageAndEndInAsManyPartsAsItTakes) {
    int sockets[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), 0);
    const Descriptor writer(sockets[0]);
    const Descriptor reader(sockets[1]);
    std::string text;
    for (int number = 0; number < 200000; ++number) {
        text += std::to_string(number);
    }
    const Message message = std::make_shared<const std::string>(text);
    Sending sending("data: ", message, "\n\n");
    EXPECT_EQ(message.use_count(), 2) << "it is not copied";
    std::string heard;
    int full = 0;
    while (!sending.is_done()) {
        if (sending.send_to(writer.get()) < 0) {
            ASSERT_EQ(errno, EAGAIN);
            ++full;
            heard += read_all(reader.get());
        }
    }
    heard += read_all(reader.get());
    EXPECT_GT(full, 1);
    EXPECT_TRUE(heard == "data: " + text + "\n\n");
    sending = Sending();
    EXPECT_EQ(message.use_count(), 1);
}

TEST(LiveSending, IsDoneWhereThereIsNothingToSend) {
    EXPECT_TRUE(Sending().is_done());
    EXPECT_FALSE(Sending("a").is_done());
    EXPECT_FALSE(Sending("", std::make_shared<const std::string>("a")).is_done());
}

} // namespace
} // namespace boxoffice::api
