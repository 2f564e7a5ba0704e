#include "tests/support/bpf_interpreter.h"

#include <algorithm>
#include <set>

namespace rollport {
namespace {

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
  // Between two neighbouring operands of any jge the result is the same.
  std::set<uint64_t> edges = {0};
  for (const sock_filter& f : program) {
    if (f.code == (BPF_JMP | BPF_JGE | BPF_K)) edges.insert(f.k);
  }
  edges.insert(uint64_t{1} << 32);
  std::vector<BpfShare> shares;
  for (auto edge = edges.begin(); std::next(edge) != edges.end(); ++edge) {
    const auto result = RunBpf(program, network, static_cast<uint32_t>(*edge));
    const uint32_t value = result ? result->value : 0xdeadbeef;
    const uint64_t count = *std::next(edge) - *edge;
    const auto known = std::ranges::find(shares, value, &BpfShare::value);
    if (known == shares.end()) {
      shares.push_back({value, count});
    } else {
      known->count += count;
    }
  }
  return shares;
}

}  // namespace rollport
