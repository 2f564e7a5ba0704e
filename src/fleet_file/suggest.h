// "Did you mean …?"
#ifndef ROLLPORT_FLEET_FILE_SUGGEST_H_
#define ROLLPORT_FLEET_FILE_SUGGEST_H_

#include <string>
#include <string_view>
#include <vector>

namespace rollport::fleet_file {

// How many letters must be added, removed, replaced, or swapped with their neighbour to turn `a`
// into `b` (optimal string alignment).
int EditDistance(std::string_view a, std::string_view b);

// "; did you mean "command"?" if one of `known` is near `word`, else nothing. To be appended to a
// message.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_SUGGEST_H_
