// One HTTP connection that is kept open: requests out, answers in. Nothing here knows what is being sold.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

namespace boxoffice::crowd {

struct HttpRequest {
    std::string method;
    std::string url;
    std::vector<std::string> headers; // "Name: value"
    std::string body;                 // JSON; empty: none
};

struct HttpAnswer {
    long status = 0;
    std::string body;
    int retry_after_seconds = 0; // of the header Retry-After; 0: there was none
};

// Not shared between threads.
class HttpClient {
public:
    HttpClient();

    // Sends one request and waits for its answer, whatever its status. Throws CallFailed when there is none.
    HttpAnswer send(const HttpRequest& request);

private:
    struct Cleanup {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    std::unique_ptr<CURL, Cleanup> handle_;
};

} // namespace boxoffice::crowd
