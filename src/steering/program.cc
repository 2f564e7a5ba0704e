#include "steering/program.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/strings.h"

namespace rollport::steering {
namespace {

// The place that a load reads from.
std::string Place(uint32_t k) {
  const auto offset = static_cast<int32_t>(k);
  if (offset == SKF_AD_OFF + SKF_AD_RANDOM) return "rand";
  if (offset >= SKF_NET_OFF && offset < SKF_AD_OFF) {
    return absl::StrCat("[net+", offset - SKF_NET_OFF, "]");
  }
  return absl::StrCat("[", k, "]");
}

std::string_view JumpName(uint16_t code) {
  switch (BPF_OP(code)) {
    case BPF_JEQ:
      return "jeq";
    case BPF_JGT:
      return "jgt";
    case BPF_JGE:
      return "jge";
    default:
      return "jset";
  }
}

std::string Jump(const sock_filter& f, size_t line) {
  if (BPF_OP(f.code) == BPF_JA) return absl::StrCat("ja ", line + 1 + f.k);
  const std::string operand = BPF_SRC(f.code) == BPF_X ? "x" : absl::StrFormat("#0x%x", f.k);
  return absl::StrCat(ToAbsl(JumpName(f.code)), " ", operand, ", ", line + 1 + f.jt, ", ",
                      line + 1 + f.jf);
}

std::string Instruction(const sock_filter& f, size_t line) {
  switch (f.code) {
    case BPF_LD | BPF_W | BPF_ABS:
      return "ld " + Place(f.k);
    case BPF_LD | BPF_H | BPF_ABS:
      return "ldh " + Place(f.k);
    case BPF_LD | BPF_B | BPF_ABS:
      return "ldb " + Place(f.k);
    case BPF_ALU | BPF_SUB | BPF_K:
      return absl::StrFormat("sub #%u", f.k);
    case BPF_ALU | BPF_ADD | BPF_K:
      return absl::StrFormat("add #%u", f.k);
    case BPF_ALU | BPF_MOD | BPF_K:
      return absl::StrFormat("mod #%u", f.k);
    case BPF_ALU | BPF_AND | BPF_K:
      return absl::StrFormat("and #0x%x", f.k);
    case BPF_ALU | BPF_RSH | BPF_K:
      return absl::StrFormat("rsh #%u", f.k);
    case BPF_MISC | BPF_TAX:
      return "tax";
    case BPF_RET | BPF_A:
      return "ret a";
    case BPF_RET | BPF_K:
      return f.k == kByHash ? "ret by hash" : absl::StrFormat("ret #%u", f.k);
    default:
      if (BPF_CLASS(f.code) == BPF_JMP) return Jump(f, line);
      return absl::StrFormat("code 0x%02x, jt %u, jf %u, k 0x%x", f.code, f.jt, f.jf, f.k);
  }
}

}  // namespace

bool AreEqual(std::span<const sock_filter> a, std::span<const sock_filter> b) {
  return std::ranges::equal(a, b, [](const sock_filter& x, const sock_filter& y) {
    return x.code == y.code && x.jt == y.jt && x.jf == y.jf && x.k == y.k;
  });
}

std::string ToText(std::span<const sock_filter> program) {
  std::string text;
  for (size_t line = 0; line < program.size(); ++line) {
    absl::StrAppend(&text, absl::Dec(line, absl::kSpacePad4), ": ",
                    Instruction(program[line], line), "\n");
  }
  return text;
}

}  // namespace rollport::steering
