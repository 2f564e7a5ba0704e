#include "steering/compile.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "steering/probe_address.h"

namespace rollport::steering {
namespace {

constexpr uint64_t kRandomRange = uint64_t{1} << 32;

// Offsets from SKF_NET_OFF, the start of the IP header: RFC 791 section 3.1, RFC 8200 section 3,
// and the source port of RFC 9293 section 3.1 if no extension header comes before it.
constexpr uint32_t kIpv4Source = 12;
constexpr uint32_t kIpv6NextHeader = 6;
constexpr uint32_t kIpv6Source = 8;
constexpr uint32_t kIpv6Destination = 24;
constexpr uint32_t kIpv6TcpSourcePort = 40;
constexpr uint32_t kTcp = 6;
constexpr uint32_t kFlowLabelMask = 0xfffff;  // of the first word

sock_filter LoadNet(uint16_t size, uint32_t offset) {
  return BPF_STMT(static_cast<uint16_t>(BPF_LD | BPF_ABS | size),
                  static_cast<uint32_t>(SKF_NET_OFF) + offset);
}
sock_filter LoadRandom() {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM));
}
sock_filter Return(uint32_t index) { return BPF_STMT(BPF_RET | BPF_K, index); }

// A rule under construction: a list of conditions, and what to return if all hold. The first one
// that fails leaves the rule.
class Rule {
 public:
  void Do(sock_filter instruction) { code_.push_back(instruction); }
  // Goes on only if the comparison gives `wanted`.
  void Require(uint16_t comparison, uint32_t k, bool wanted = true) {
    exits_.push_back({code_.size(), wanted});
    code_.push_back(BPF_JUMP(static_cast<uint16_t>(BPF_JMP | comparison), k, 0, 0));
  }
  // The finished rule; a failed condition leads to the instruction after it.
  Program Finish() {
    for (const Exit& exit : exits_) {
      const auto distance = static_cast<uint8_t>(code_.size() - exit.line - 1);
      (exit.wanted ? code_[exit.line].jf : code_[exit.line].jt) = distance;
    }
    return code_;
  }

 private:
  struct Exit {
    size_t line;
    bool wanted;
  };
  Program code_;
  std::vector<Exit> exits_;
};

Program Ipv4ProbeRule(uint32_t members) {
  Rule rule;
  rule.Do(LoadNet(BPF_W, kIpv4Source));
  rule.Do(BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16));
  rule.Require(BPF_JEQ | BPF_K, kProbeNetwork);
  rule.Do(LoadNet(BPF_H, kIpv4Source + 2));
  rule.Require(BPF_JGE | BPF_K, members, false);
  rule.Do(BPF_STMT(BPF_RET | BPF_A, 0));
  return rule.Finish();
}

Program Ipv6ProbeRule(uint32_t members) {
  Rule rule;
  // The port first: nearly every other connection leaves the rule after two comparisons.
  rule.Do(LoadNet(BPF_H, kIpv6TcpSourcePort));
  rule.Require(BPF_JGE | BPF_K, kFirstProbePort);
  rule.Require(BPF_JGE | BPF_K, kFirstProbePort + members * kProbePortsPerIndex, false);
  rule.Do(LoadNet(BPF_W, 0));
  rule.Do(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kFlowLabelMask));
  rule.Require(BPF_JEQ | BPF_K, kProbeFlowLabel);
  rule.Do(LoadNet(BPF_B, kIpv6NextHeader));
  rule.Require(BPF_JEQ | BPF_K, kTcp);
  for (uint32_t word = 0; word < 16; word += 4) {
    rule.Do(LoadNet(BPF_W, kIpv6Source + word));
    rule.Do(BPF_STMT(BPF_MISC | BPF_TAX, 0));
    rule.Do(LoadNet(BPF_W, kIpv6Destination + word));
    rule.Require(BPF_JEQ | BPF_X, 0);
  }
  static_assert(kProbePortsPerIndex == 1 << 2);
  rule.Do(LoadNet(BPF_H, kIpv6TcpSourcePort));
  rule.Do(BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, kFirstProbePort));
  rule.Do(BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2));
  rule.Do(BPF_STMT(BPF_RET | BPF_A, 0));
  return rule.Finish();
}

Program ProbeRule(Family family, size_t members) {
  RP_CHECK(members <= kMaxMembers, absl::StrCat(members, " members"));
  const auto count = static_cast<uint32_t>(members);
  return family == Family::kIpv4 ? Ipv4ProbeRule(count) : Ipv6ProbeRule(count);
}

// Members with one weight and with consecutive indexes: chosen for the random numbers from `begin`
// up to `end`.
struct Run {
  uint64_t begin;
  uint64_t end;
  uint32_t first;  // index
  uint32_t members;
};

void Append(const Program& tail, Program* program) {
  program->insert(program->end(), tail.begin(), tail.end());
}

// What is done with A, a random number of the run: of any consecutive numbers each remainder has
// the same number, or one more.
Program Choose(const Run& run) {
  if (run.members == 1) return {Return(run.first)};
  Program program = {BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, run.members)};
  if (run.first > 0) program.push_back(BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, run.first));
  program.push_back(BPF_STMT(BPF_RET | BPF_A, 0));
  return program;
}

// A balanced tree of comparisons over A, the random number. Jumps only lead forward, so the lower
// half comes first.
Program Tree(std::span<const Run> runs) {
  if (runs.size() == 1) return Choose(runs[0]);
  const size_t half = runs.size() / 2;
  const auto limit = static_cast<uint32_t>(runs[half].begin);
  const Program below = Tree(runs.first(half));
  Program tree;
  if (below.size() <= 255) {
    tree.push_back(
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, limit, static_cast<uint8_t>(below.size()), 0));
  } else {
    // A conditional jump reaches 255 instructions far, an unconditional one any distance.
    tree.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, limit, 0, 1));
    tree.push_back(BPF_JUMP(BPF_JMP | BPF_JA, static_cast<uint32_t>(below.size()), 0, 0));
  }
  Append(below, &tree);
  Append(Tree(runs.subspan(half)), &tree);
  return tree;
}

std::vector<Run> Runs(std::span<const uint32_t> weights) {
  const std::vector<uint64_t> thresholds = Thresholds(weights);
  std::vector<Run> runs;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    if (i > 0 && weights[i - 1] == weights[i]) {
      runs.back().end = thresholds[i];
      ++runs.back().members;
    } else {
      const uint64_t begin = runs.empty() ? 0 : runs.back().end;
      runs.push_back({begin, thresholds[i], static_cast<uint32_t>(i), 1});
    }
  }
  return runs;
}

}  // namespace

std::vector<uint64_t> Thresholds(std::span<const uint32_t> weights) {
  const uint64_t total = std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  RP_CHECK(total > 0, absl::StrCat(weights.size(), " weights, all zero"));
  std::vector<uint64_t> thresholds;
  unsigned __int128 sum = 0;
  uint64_t previous = 0;
  for (const uint32_t weight : weights) {
    sum += weight;
    const auto exact = static_cast<uint64_t>(sum * kRandomRange / total);
    previous = weight == 0 ? previous : std::max(exact, previous + 1);
    thresholds.push_back(previous);
  }
  // If tiny weights were rounded up, the last intervals give way.
  uint64_t end = kRandomRange;
  for (size_t i = weights.size(); i-- > 0;) {
    thresholds[i] = std::min(thresholds[i], end);
    if (weights[i] > 0) end = thresholds[i] - 1;
  }
  return thresholds;
}

Program Compile(Family family, std::span<const uint32_t> weights) {
  if (std::ranges::all_of(weights, [](uint32_t w) { return w == 0; })) {
    return CompileAddressOnly(family, weights.size());
  }
  Program program = ProbeRule(family, weights.size());
  const Program tree = Tree(Runs(weights));
  if (tree.size() > 1) program.push_back(LoadRandom());
  Append(tree, &program);
  return program;
}

Program CompileAddressOnly(Family family, size_t members) {
  Program program = ProbeRule(family, members);
  program.push_back(Return(kByHash));
  return program;
}

}  // namespace rollport::steering
