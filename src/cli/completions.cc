#include "cli/completions.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/command_table.h"

namespace rollport::cli {
namespace {

std::string WordsOf(const CommandSpec& command) {
  std::vector<std::string> words = OptionNames(command);
  if (command.command == Command::kHelp) words = CommandNames();
  if (command.command == Command::kCompletions) {
    words.insert(words.begin(), kShells.begin(), kShells.end());
  }
  return absl::StrJoin(words, " ");
}

// A case for each command, with the words that may follow it.
std::string BashCases() {
  std::string cases;
  for (const CommandSpec& command : kCommands) {
    absl::StrAppend(&cases, "    ", command.name, ") words=\"", WordsOf(command), "\" ;;\n");
  }
  return cases;
}

std::string Bash() {
  return absl::StrReplaceAll(
      R"(# bash completion for rollport. To load it in every shell:
#   rollport completions bash > ~/.local/share/bash-completion/completions/rollport
_rollport() {
  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
  local command="" words="" skip="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ "${COMP_WORDS[i]}" == "--" ]]; then
      # The rest is another command line.
      COMPREPLY=($(compgen -f -- "$word"))
      return
    fi
    if [[ -n "$skip" ]]; then
      skip=""
    elif [[ "${COMP_WORDS[i]}" == "-f" || "${COMP_WORDS[i]}" == "--file" ]]; then
      skip=1
    elif [[ -z "$command" && "${COMP_WORDS[i]}" != -* ]]; then
      command="${COMP_WORDS[i]}"
    fi
  done
  case "$before" in
    -f | --file)
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen -f -- "$word"))
      return ;;
    --canary) COMPREPLY=($(compgen -W "1% 5% 10% 25% 50%" -- "$word")); return ;;
    --for) COMPREPLY=($(compgen -W "30s 1m 5m 15m" -- "$word")); return ;;
    --to) return ;;
    --log-format) COMPREPLY=($(compgen -W "@FORMATS@" -- "$word")); return ;;
  esac
  case "$command" in
    "") words="@COMMANDS@ --file --json --help --version" ;;
@CASES@  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _rollport rollport
)",
      {{"@COMMANDS@", absl::StrJoin(CommandNames(), " ")},
       {"@CASES@", BashCases()},
       {"@FORMATS@", absl::StrJoin(kLogFormats, " ")}});
}

std::string ZshOption(const OptionSpec& option) {
  const std::string end = absl::StrCat(
      "[", option.summary, "]", *option.value == '\0' ? "" : absl::StrCat(":", option.value, ":"),
      std::string(option.value) == "FILE" ? "_files" : "");
  if (*option.short_name == '\0') return absl::StrCat("'*", option.name, end, "'");
  return absl::StrCat("'(", option.short_name, " ", option.name, ")'{", option.short_name, ",",
                      option.name, "}'", end, "'");
}

std::string Zsh() {
  std::string commands;
  std::string cases;
  for (const CommandSpec& command : kCommands) {
    absl::StrAppend(&commands, "    '", command.name, ":", command.summary, "'\n");
    std::vector<std::string> words;
    for (const OptionSpec& option : kOptions) {
      if (TakesOption(command, option)) words.push_back(ZshOption(option));
    }
    if (command.command == Command::kHelp) {
      words.push_back(absl::StrCat("'1:command:(", absl::StrJoin(CommandNames(), " "), ")'"));
    }
    if (command.command == Command::kCompletions) {
      words.push_back(absl::StrCat("'1:shell:(", absl::StrJoin(kShells, " "), ")'"));
    }
    absl::StrAppend(&cases, "    ", command.name, ") _arguments ", absl::StrJoin(words, " "),
                    " ;;\n");
  }
  return absl::StrReplaceAll(R"(#compdef rollport
# zsh completion for rollport. To load it in every shell, in a folder of $fpath:
#   rollport completions zsh > _rollport
_rollport() {
  local -a commands
  commands=(
@COMMANDS@  )
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '(-f --file)'{-f,--file}'[the fleet file]:FILE:_files' \
    '--json[print one JSON object]' '(-h --help)'{-h,--help}'[what a command does]' \
    '1: :->command' '*:: :->rest'
  case "$state" in
    command) _describe command commands ;;
    rest) case "$line[1]" in
@CASES@    esac ;;
  esac
}
if [[ "$funcstack[1]" == _rollport ]]; then
  _rollport "$@"
else
  compdef _rollport rollport
fi
)",
                             {{"@COMMANDS@", commands}, {"@CASES@", cases}});
}

std::string Fish() {
  const std::string names = absl::StrJoin(CommandNames(), " ");
  std::string text = R"(# fish completion for rollport. To load it in every shell:
#   rollport completions fish > ~/.config/fish/completions/rollport.fish
complete -c rollport -f
)";
  for (const CommandSpec& command : kCommands) {
    absl::StrAppend(&text, "complete -c rollport -n 'not __fish_seen_subcommand_from ", names,
                    "' -a ", command.name, " -d '", command.summary, "'\n");
  }
  for (const OptionSpec& option : kOptions) {
    std::vector<std::string> takers;
    for (const CommandSpec& command : kCommands) {
      if (TakesOption(command, option)) takers.emplace_back(command.name);
    }
    absl::StrAppend(&text, "complete -c rollport",
                    option.takes == kTakesAll ? ""
                                              : absl::StrCat(" -n '__fish_seen_subcommand_from ",
                                                             absl::StrJoin(takers, " "), "'"),
                    " -l ", option.name + 2,
                    *option.short_name == '\0' ? "" : absl::StrCat(" -s ", option.short_name + 1),
                    *option.value == '\0'                 ? ""
                    : std::string(option.value) == "FILE" ? " -r -F"
                                                          : " -x",
                    " -d '", option.summary, "'\n");
  }
  absl::StrAppend(&text, "complete -c rollport -n '__fish_seen_subcommand_from help' -a '", names,
                  "'\ncomplete -c rollport -n '__fish_seen_subcommand_from completions' -a '",
                  absl::StrJoin(kShells, " "), "'\n");
  return text;
}

}  // namespace

std::string Completions(const std::string& shell) {
  return shell == "bash" ? Bash() : shell == "zsh" ? Zsh() : Fish();
}

}  // namespace rollport::cli
