#include "tests/support/bpf_interpreter.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace rollport {
namespace {

constexpr uint64_t kRandomRange = uint64_t{1} << 32;
constexpr uint32_t kNet = static_cast<uint32_t>(SKF_NET_OFF);
constexpr uint32_t kRandom = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM);

std::optional<uint32_t> Load(std::span<const uint8_t> network, uint32_t k, size_t size) {
  if (k < kNet || k - kNet + size > network.size()) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | network[k - kNet + i];
  return value;
}

std::optional<bool> Compare(const sock_filter& f, uint32_t a, uint32_t x) {
  const uint32_t operand = BPF_SRC(f.code) == BPF_X ? x : f.k;
  switch (BPF_OP(f.code)) {
    case BPF_JEQ:
      return a == operand;
    case BPF_JGT:
      return a > operand;
    case BPF_JGE:
      return a >= operand;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<BpfResult> RunBpf(std::span<const sock_filter> program,
                                std::span<const uint8_t> network, uint32_t random) {
  uint32_t a = 0, x = 0;
  BpfResult result = {};
  for (size_t line = 0; line < program.size(); ++line) {
    const sock_filter& f = program[line];
    ++result.steps;
    std::optional<uint32_t> loaded;
    switch (f.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        result.asked_random |= f.k == kRandom;
        loaded = f.k == kRandom ? random : Load(network, f.k, 4);
        break;
      case BPF_LD | BPF_H | BPF_ABS:
        loaded = Load(network, f.k, 2);
        break;
      case BPF_LD | BPF_B | BPF_ABS:
        loaded = Load(network, f.k, 1);
        break;
      case BPF_ALU | BPF_SUB | BPF_K:
        loaded = a - f.k;
        break;
      case BPF_ALU | BPF_ADD | BPF_K:
        loaded = a + f.k;
        break;
      case BPF_ALU | BPF_MOD | BPF_K:
        if (f.k == 0) return std::nullopt;
        result.modulus = f.k;
        loaded = a % f.k;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        loaded = a & f.k;
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        loaded = a >> f.k;
        break;
      case BPF_MISC | BPF_TAX:
        x = a;
        loaded = a;
        break;
      case BPF_JMP | BPF_JA:
        line += f.k;
        continue;
      case BPF_RET | BPF_K:
        result.value = f.k;
        return result;
      case BPF_RET | BPF_A:
        result.value = a;
        return result;
      default: {
        if (BPF_CLASS(f.code) != BPF_JMP) return std::nullopt;
        const auto holds = Compare(f, a, x);
        if (!holds) return std::nullopt;
        line += *holds ? f.jt : f.jf;
        continue;
      }
    }
    if (!loaded) return std::nullopt;
    a = *loaded;
  }
  return std::nullopt;
}

std::vector<BpfShare> CountShares(std::span<const sock_filter> program,
                                  std::span<const uint8_t> network) {
  // Between two neighbouring operands of any jge the result is the same, or goes by the remainder.
  std::set<uint64_t> edges = {0};
  for (const sock_filter& f : program) {
    if (f.code == (BPF_JMP | BPF_JGE | BPF_K)) edges.insert(f.k);
  }
  edges.insert(kRandomRange);
  std::map<uint32_t, uint64_t> counts;
  const auto count = [&](uint64_t random, uint64_t numbers) {
    const auto result = RunBpf(program, network, static_cast<uint32_t>(random));
    counts[result ? result->value : 0xdeadbeef] += numbers;
  };
  for (auto edge = edges.begin(); *edge != kRandomRange; ++edge) {
    const uint64_t numbers = *std::next(edge) - *edge;
    const auto first = RunBpf(program, network, static_cast<uint32_t>(*edge));
    const uint64_t period = first ? first->modulus : 0;
    if (period == 0) count(*edge, numbers);
    for (uint64_t i = 0; i < std::min(period, numbers); ++i) {
      count(*edge + i, (numbers - i + period - 1) / period);
    }
  }
  std::vector<BpfShare> shares;
  for (const auto& [value, count] : counts) shares.push_back({value, count});
  return shares;
}

}  // namespace rollport
