// Calls that can take long, shared out fairly: the parties take turns, and of each party one call is under way at a time.
// So one who asks for much waits for himself alone, and others pass.
//
// Invariant  a party has a turn only while it has calls that wait and none under way; with neither it is forgotten.
#pragma once

#include "lanes/waiting.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace boxoffice::api {

class FairWaiting final : public Waiting, public std::enable_shared_from_this<FairWaiting> {
public:
    // `most_of_a_party` wait at most for each party, and `capacity` for all together.
    FairWaiting(std::size_t capacity, std::size_t most_of_a_party)
        : Waiting(capacity), most_of_a_party_(most_of_a_party) {}

private:
    struct Party {
        std::deque<Call> calls;
        bool under_way = false;
    };

    class Turn;

    bool add(Call& call) override;
    bool has_some() const override { return !turns_.empty(); }
    std::vector<Call> remove(std::size_t limit) override;
    std::vector<Call> remove_in_turn(std::size_t limit);
    // After close(): all are to be told, whoever has the turn.
    std::vector<Call> remove_out_of_turn(std::size_t limit);
    void end_turn(const std::string& name);

    const std::size_t most_of_a_party_;
    std::unordered_map<std::string, Party> parties_;
    std::deque<std::string> turns_; // parties, in the order in which they come
};

} // namespace boxoffice::api
