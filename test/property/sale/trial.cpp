#include "trial.h"

#include <algorithm>
#include <stdexcept>

#include "invariants.h"
#include "timeline.h"

namespace boxoffice::histories {
namespace {

// A machine so busy that this often a call takes too long can prove nothing.
constexpr int most_late_runs = 20;

std::optional<Instant> next_turn(const Model& model, Instant after) {
    std::optional<Instant> next;
    for (const Instant turn : model.turns()) {
        if (turn > after && (!next || turn < *next)) {
            next = turn;
        }
    }
    return next;
}

// Whether it only lets time pass.
bool waits(const Command& command, Timeline& timeline, const Model& model) {
    if (const Wait* wait = std::get_if<Wait>(&command)) {
        timeline.wait(wait->duration);
        return true;
    }
    if (const WaitUntilEnd* until = std::get_if<WaitUntilEnd>(&command)) {
        timeline.wait_until(next_turn(model, timeline.earliest()), until->past);
        return true;
    }
    return false;
}

} // namespace

std::optional<std::string> Trial::run(const History& history, std::ostream* transcript) {
    for (int attempt = 0; attempt < most_late_runs; ++attempt) {
        bool late = false;
        std::optional<std::string> failure = play(history, transcript, late);
        if (!late) {
            return failure;
        }
        ++late_runs_;
    }
    throw std::runtime_error("calls take longer than " + describe(call_window) + " again and again");
}

std::optional<std::string> Trial::play(const History& history, std::ostream* transcript, bool& late) {
    server_.begin(history.settings);
    Model model(history.settings, fault_);
    Timeline timeline;
    if (transcript != nullptr) {
        *transcript << describe(history.settings) << "\n";
    }
    for (std::size_t number = 0; number < history.commands.size(); ++number) {
        const Command& command = history.commands[number];
        if (waits(command, timeline, model)) {
            continue;
        }
        const Instant now = timeline.next_call(model.turns());
        const Reply reply = server_.call(command, now);
        const Answer expected = model.apply(command, now);
        if (transcript != nullptr) {
            *transcript << describe(now) << "   " << describe(command)
                        << "\n            expected:  " << describe(expected)
                        << "\n              actual:  " << describe(reply.answer) << std::endl;
        }
        late = reply.late;
        if (late) {
            return std::nullopt;
        }
        if (model.is_uncertain()) {
            ++uncertain_runs_;
            return std::nullopt;
        }
        ++calls_;
        ++tally_[kind_of(command, reply.answer)];
        std::string wrong = difference(expected, reply.answer);
        wrong = wrong.empty() ? difference(model.standing(now), reply.standing) : wrong;
        wrong = wrong.empty() ? broken_promise(history.settings, reply.standing) : wrong;
        if (!wrong.empty()) {
            return "command " + std::to_string(number + 1) + ", " + describe(command) + ":\n" + wrong;
        }
    }
    if (const std::string findings = server_.verify(timeline.next_call(model.turns())); !findings.empty()) {
        return "at the end: " + findings;
    }
    return std::nullopt;
}

} // namespace boxoffice::histories
