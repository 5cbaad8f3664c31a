// A client of Pistache, as far as answers need to know it. Pistache sends by the number of the socket, and a moment
// later; a client that leaves in between frees the number, and the next client, which gets it, would get the answer, too.
// So what was sent before the end of its connection is written while the number is still its own, and afterwards nothing is
// sent on it.
#pragma once

#include <pistache/peer.h>
#include <pistache/transport.h>

#include <memory>
#include <mutex>
#include <string>

namespace boxoffice::api {

class Client {
public:
    // The one of a peer, made where there is none. Only in the peer's own thread.
    static std::shared_ptr<Client> of(Pistache::Tcp::Peer& peer) {
        const std::string name = "client";
        auto client = std::static_pointer_cast<Client>(peer.tryGetData(name));
        if (!client) {
            client = std::make_shared<Client>();
            peer.putData(name, client);
        }
        return client;
    }

    // Hands an answer to Pistache, in any thread, unless the client has gone.
    template <typename Send>
    void send(const Send& send) {
        const std::lock_guard lock(mutex_);
        if (!ended_) {
            send();
        }
    }

    // In the peer's own thread, before its socket is closed.
    void end(Pistache::Tcp::Transport& transport) {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        transport.flush();
    }

private:
    std::mutex mutex_;
    bool ended_ = false;
};

} // namespace boxoffice::api
