#include "base/log.h"

#include "base/json.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <string>

namespace boxoffice::api::log {

namespace {

// The time and the level are spdlog's to write; the rest of the line's object is the message.
constexpr const char* line = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
constexpr std::size_t lines_under_way = 65536;

std::shared_ptr<spdlog::async_logger> logger;

std::string quoted(std::string_view text) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return {buffer.GetString(), buffer.GetSize()};
}

void message(spdlog::level::level_enum level, std::string_view text, std::string_view request_id = {}) {
    if (!logger || !logger->should_log(level)) {
        return;
    }
    std::string members = "\"message\":" + quoted(text);
    if (!request_id.empty()) {
        members += ",\"request_id\":" + quoted(request_id);
    }
    logger->log(level, "{}", members);
}

} // namespace

void start(std::string_view level) {
    // Signals are for whoever waits for them: one that came to this thread would end the process at once.
    sigset_t every, before;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    spdlog::init_thread_pool(lines_under_way, 1);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    // A log that cannot be written must not stop the sale: the oldest lines are given up first.
    logger =
        std::make_shared<spdlog::async_logger>("boxofficed", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                               spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
    logger->set_pattern(line, spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::from_str(std::string(level)));
}

void flush() {
    if (logger) {
        logger->flush();
    }
}

void stop() {
    logger.reset();
    spdlog::shutdown();
}

// Nothing in it needs escaping: the request's id was checked, the rest is ours or the database's.
void request(const Entry& entry) {
    if (logger && logger->should_log(spdlog::level::info)) {
        logger->info(
            R"("message":"request","request_id":"{}","route":"{}","status":{},"outcome":"{}","duration_ms":{:.3f},"lane":"{}")",
            entry.request_id, entry.route, entry.status, entry.outcome, entry.duration_ms, entry.lane);
    }
}

void info(std::string_view text) { message(spdlog::level::info, text); }
void warn(std::string_view text) { message(spdlog::level::warn, text); }
void error(std::string_view text) { message(spdlog::level::err, text); }
void error(std::string_view text, std::string_view request_id) { message(spdlog::level::err, text, request_id); }

} // namespace boxoffice::api::log
