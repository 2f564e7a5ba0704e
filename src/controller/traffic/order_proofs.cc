#include "controller/traffic/order_proofs.h"

#include <string>
#include <utility>

#include "steering/program.h"

namespace rollport::controller {
namespace {

// A worker accepts within this, or the proof is tried again.
constexpr absl::Duration kTimeout = absl::Milliseconds(500);
constexpr absl::Duration kPause = absl::Milliseconds(50);

}  // namespace

OrderProofs::OrderProofs(os::EventLoop& loop, os::SockDiag& diag, ProbeRoute& route,
                         InDoubt in_doubt, Look look, OnAccepted on_accepted)
    : loop_(loop),
      diag_(diag),
      route_(route),
      in_doubt_(std::move(in_doubt)),
      look_(std::move(look)),
      on_accepted_(std::move(on_accepted)),
      judge_(loop),
      again_(loop, [this] { Prove(); }) {}

void OrderProofs::Prove() {
  again_.Cancel();
  for (const size_t index : in_doubt_()) {
    // Beyond that there is no addressed probe.
    if (index < steering::kMaxMembers && !probes_.contains(index)) ProveIndex(index);
  }
}

void OrderProofs::ProveIndex(size_t index) {
  ProbeSpec spec{.server = route_.server(), .source = route_.SourceFor(index), .timeout = kTimeout};
  auto accepted = std::make_shared<uint64_t>(0);
  spec.is_wanted = [accepted](uint64_t inode) {
    *accepted = inode;
    return true;
  };
  probes_[index] = std::make_unique<Probe>(
      loop_, diag_, std::move(spec),
      [this, index, asked = changes_, accepted](ProbeVerdict verdict, const std::string&) {
        OnProbe(index, verdict, asked, *accepted);
      });
}

void OrderProofs::OnProbe(size_t index, ProbeVerdict verdict, int64_t asked, uint64_t connection) {
  // Until the end of this function, which the probe calls.
  std::unique_ptr<Probe> done = std::move(probes_[index]);
  probes_.erase(index);
  if (verdict == ProbeVerdict::kGood)
    accepted_.push_back({index, asked, connection, std::move(done)});
  judge_.Call([this] { Judge(); });
}

// A member that has left meanwhile, and was not seen to, may have moved the one that a probe was
// for; or have put its index out of range, and the kernel's hash has chosen.
void OrderProofs::Judge() {
  if (!accepted_.empty()) look_();
  const std::vector<Accepted> accepted = std::exchange(accepted_, {});
  std::vector<Proof> proofs;
  for (const Accepted& a : accepted) {
    if (a.asked == changes_) proofs.push_back({a.index, a.connection});
  }
  if (!proofs.empty()) on_accepted_(proofs);
  if (probes_.empty() && !in_doubt_().empty()) again_.After(kPause);
}

}  // namespace rollport::controller
