// Messages to the front's publisher, which passes them on to whoever listens to the channel.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace boxoffice::api {

// The publisher does not take messages; what() says why.
struct PublisherError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// One connection, kept open. Not shared between threads.
class Publisher {
public:
    // `address` is http://ADDRESS:PORT or unix:PATH.
    explicit Publisher(const std::string& address);

    // Publishes to a channel, like slots/7. Throws PublisherError.
    void publish(const std::string& channel, const std::string& message);

private:
    struct HandleDeleter {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    struct ListDeleter {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    std::unique_ptr<CURL, HandleDeleter> handle_;
    std::unique_ptr<curl_slist, ListDeleter> headers_;
    std::string base_;
};

} // namespace boxoffice::api
