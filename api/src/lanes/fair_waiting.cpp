#include "lanes/fair_waiting.h"

namespace boxoffice::api {

// Ends when the call does that has it: when that was answered, or given away.
class FairWaiting::Turn {
public:
    Turn(std::shared_ptr<FairWaiting> waiting, std::string party)
        : waiting_(std::move(waiting)), party_(std::move(party)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { waiting_->end_turn(party_); }

private:
    std::shared_ptr<FairWaiting> waiting_;
    std::string party_;
};

bool FairWaiting::add(Call& call) {
    const auto [found, is_new] = parties_.try_emplace(call.party);
    Party& party = found->second;
    if (party.calls.size() >= most_of_a_party_) {
        return false;
    }
    if (party.calls.empty() && !party.under_way) {
        turns_.push_back(call.party);
    }
    party.calls.push_back(std::move(call));
    return true;
}

std::vector<Call> FairWaiting::remove(std::size_t limit) {
    return closed_ ? remove_out_of_turn(limit) : remove_in_turn(limit);
}

std::vector<Call> FairWaiting::remove_in_turn(std::size_t limit) {
    std::vector<Call> taken;
    while (!turns_.empty() && taken.size() < limit) {
        const std::string name = std::move(turns_.front());
        turns_.pop_front();
        Party& party = parties_[name];
        party.under_way = true;
        Call call = std::move(party.calls.front());
        party.calls.pop_front();
        call.turn = std::make_shared<Turn>(shared_from_this(), name);
        taken.push_back(std::move(call));
    }
    return taken;
}

std::vector<Call> FairWaiting::remove_out_of_turn(std::size_t limit) {
    std::vector<Call> taken;
    for (auto& [name, party] : parties_) {
        while (!party.calls.empty() && taken.size() < limit) {
            taken.push_back(std::move(party.calls.front()));
            party.calls.pop_front();
        }
    }
    return taken;
}

void FairWaiting::end_turn(const std::string& name) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = parties_.find(name);
        found->second.under_way = false;
        if (found->second.calls.empty()) {
            parties_.erase(found);
            return;
        }
        turns_.push_back(name);
    }
    arrived_.notify_one();
}

} // namespace boxoffice::api
