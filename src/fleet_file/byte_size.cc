#include "fleet_file/byte_size.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace rollport::fleet_file {

std::optional<uint64_t> ParseByteSize(std::string_view text) {
  if (text == "unlimited") return UINT64_MAX;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (unit.empty() || unit == "B") return number;
  constexpr std::array kUnits = {'K', 'M', 'G', 'T'};
  const auto it = std::find(kUnits.begin(), kUnits.end(), unit[0]);
  const std::string_view rest = unit.substr(1);
  if (it == kUnits.end() || !(rest.empty() || rest == "B" || rest == "iB")) return std::nullopt;
  const auto shift = static_cast<unsigned>(10 * (it - kUnits.begin() + 1));
  if (number > (UINT64_MAX >> shift)) return std::nullopt;
  return number << shift;
}

}  // namespace rollport::fleet_file
