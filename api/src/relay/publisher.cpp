#include "relay/publisher.h"

namespace boxoffice::api {

namespace {

// Its place is on this machine; and so long a relay that is told to end may go on.
constexpr long timeout_ms = 1000;
constexpr std::string_view unix_prefix = "unix:";

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

} // namespace

Publisher::Publisher(const std::string& address) : handle_(curl_easy_init()) {
    CURL* handle = handle_.get();
    if (handle == nullptr) {
        throw PublisherError("libcurl cannot be used");
    }
    base_ = address;
    if (address.starts_with(unix_prefix)) {
        curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, address.c_str() + unix_prefix.size());
        base_ = "http://localhost";
    }
    headers_.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, ignore);
}

void Publisher::publish(const std::string& channel, const std::string& message) {
    CURL* handle = handle_.get();
    curl_easy_setopt(handle, CURLOPT_URL, (base_ + "/publish/" + channel).c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(message.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, message.data());
    const CURLcode result = curl_easy_perform(handle);
    if (result != CURLE_OK) {
        throw PublisherError(std::string("the publisher cannot be reached: ") + curl_easy_strerror(result));
    }
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299) {
        throw PublisherError("the publisher answered with status " + std::to_string(status));
    }
}

} // namespace boxoffice::api
