// One HTTP connection: a thin owner over libcurl, which keeps it open between requests.
#include "http_client.h"

#include <array>
#include <stdexcept>

#include "sales.h"

namespace boxoffice::crowd {
namespace {

// Longer than the front gives the gateway, so that it is the front which says what went wrong.
constexpr long longest_call_ms = 40'000;

// What libcurl wants to be told once, before there are threads that use it.
struct Library {
    Library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
    ~Library() { curl_global_cleanup(); }
};

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void append(HeaderList& list, const std::string& header) {
    curl_slist* longer = curl_slist_append(list.get(), header.c_str());
    if (longer == nullptr) {
        throw std::bad_alloc();
    }
    static_cast<void>(list.release()); // the longer list has it now
    list.reset(longer);
}

HeaderList headers_of(const HttpRequest& request) {
    HeaderList list;
    // Without a value libcurl leaves its own out: there is no form here, and nobody to ask for leave to send.
    append(list, request.body.empty() ? "Content-Type:" : "Content-Type: application/json");
    append(list, "Expect:");
    for (const std::string& header : request.headers) {
        append(list, header);
    }
    return list;
}

std::size_t collect(char* data, std::size_t, std::size_t bytes, void* body) {
    static_cast<std::string*>(body)->append(data, bytes);
    return bytes;
}

} // namespace

HttpClient::HttpClient() {
    static const Library library;
    handle_.reset(curl_easy_init());
    if (!handle_) {
        throw std::runtime_error("libcurl cannot be used");
    }
    CURL* handle = handle_.get();
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, longest_call_ms);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L); // signals and threads do not go together
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*"); // the box office itself is meant, whatever the environment says
}

HttpAnswer HttpClient::send(const HttpRequest& request) {
    CURL* handle = handle_.get();
    HttpAnswer answer;
    std::array<char, CURL_ERROR_SIZE> particulars{};
    const HeaderList headers = headers_of(request);
    if (request.method == "POST") {
        curl_easy_setopt(handle, CURLOPT_POST, 1L);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    } else {
        curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, particulars.data());
    const CURLcode code = curl_easy_perform(handle);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
    if (code != CURLE_OK) {
        const std::string kind = std::string("HTTP: ") + curl_easy_strerror(code);
        throw CallFailed(kind, request.method + " " + request.url + ": " + particulars.data(),
                         code == CURLE_COULDNT_CONNECT);
    }
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_off_t retry_after_seconds = 0;
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after_seconds);
    answer.retry_after_seconds = static_cast<int>(retry_after_seconds);
    return answer;
}

} // namespace boxoffice::crowd
