#include "cli/top_keys.h"

#include <algorithm>
#include <array>
#include <limits>

namespace rollport::cli {
namespace {

// Far enough: TopLines limits it to the workers that there are.
constexpr int kEnd = std::numeric_limits<int>::max() / 2;

struct Sequence {
  std::string_view bytes;
  char key;  // that does the same
};
// Keys that send several bytes: xterm's ctlseqs, "PC-Style Function Keys".
constexpr std::array kSequences = {
    Sequence{"\033[A", 'k'}, Sequence{"\033OA", 'k'},  Sequence{"\033[B", 'j'},
    Sequence{"\033OB", 'j'}, Sequence{"\033[5~", 'b'}, Sequence{"\033[6~", ' '},
    Sequence{"\033[H", 'g'}, Sequence{"\033OH", 'g'},  Sequence{"\033[1~", 'g'},
    Sequence{"\033[F", 'G'}, Sequence{"\033OF", 'G'},  Sequence{"\033[4~", 'G'},
};

// Takes the next key off `keys`; 0 for one that means nothing.
char Next(std::string_view* keys) {
  for (const Sequence& sequence : kSequences) {
    if (!keys->starts_with(sequence.bytes)) continue;
    keys->remove_prefix(sequence.bytes.size());
    return sequence.key;
  }
  const char key = keys->front();
  // What is left of an unknown sequence is no key either.
  keys->remove_prefix(key == '\033' ? keys->size() : 1);
  return key == '\033' ? '\0' : key;
}

void Press(char key, TopView* view) {
  const auto* const sort = std::find_if(kTopSorts.begin(), kTopSorts.end(),
                                        [key](const TopSort& s) { return s.key == key; });
  if (sort != kTopSorts.end()) view->order = sort->order;
  if (key == '?' || key == 'h') view->help = true;
  if (key == 'i') view->invert = !view->invert;
  const int by = key == 'j'   ? 1
                 : key == 'k' ? -1
                 : key == ' ' ? view->page
                 : key == 'b' ? -view->page
                 : key == 'g' ? -kEnd
                 : key == 'G' ? kEnd
                              : 0;
  view->scroll = std::clamp(view->scroll + by, 0, kEnd);
}

}  // namespace

bool PressKeys(std::string_view keys, TopView* view) {
  while (!keys.empty()) {
    const char key = Next(&keys);
    if (key == 'q' || key == 'Q') return true;
    if (view->help) {
      view->help = false;
    } else {
      Press(key, view);
    }
  }
  return false;
}

}  // namespace rollport::cli
