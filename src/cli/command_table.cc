#include "cli/command_table.h"

#include <algorithm>

#include "base/check.h"

namespace rollport::cli {

const CommandSpec& SpecOf(Command command) {
  const auto* const it =
      std::find_if(kCommands.begin(), kCommands.end(),
                   [command](const CommandSpec& spec) { return spec.command == command; });
  RP_CHECK(it != kCommands.end(), "a command that is not in the table");
  return *it;
}

const CommandSpec* FindCommand(std::string_view name) {
  const auto* const it =
      std::find_if(kCommands.begin(), kCommands.end(),
                   [name](const CommandSpec& spec) { return name == spec.name; });
  return it == kCommands.end() ? nullptr : &*it;
}

const OptionSpec* FindOption(std::string_view name) {
  if (name.empty()) return nullptr;
  const auto* const it = std::find_if(
      kOptions.begin(), kOptions.end(),
      [name](const OptionSpec& spec) { return name == spec.name || name == spec.short_name; });
  return it == kOptions.end() ? nullptr : &*it;
}

std::vector<std::string> CommandNames() {
  std::vector<std::string> names;
  names.reserve(kCommands.size());
  for (const CommandSpec& spec : kCommands) names.emplace_back(spec.name);
  return names;
}

std::vector<std::string> OptionNames(const CommandSpec& command) {
  std::vector<std::string> names;
  for (const OptionSpec& option : kOptions) {
    if (TakesOption(command, option)) names.emplace_back(option.name);
  }
  return names;
}

}  // namespace rollport::cli
