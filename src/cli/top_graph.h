// A graph of one value over time, of characters.
#ifndef ROLLPORT_CLI_TOP_GRAPH_H_
#define ROLLPORT_CLI_TOP_GRAPH_H_

#include <string>
#include <vector>

namespace rollport::cli {

// The last `width` of `values`, the newest at the right edge, in `height` lines; the greatest of
// them fills the height. With `blocks` of the block elements of Unicode (eighths of a line), else
// of "#". Empty if there are no values, or no room.
std::vector<std::string> GraphOf(const std::vector<double>& values, int width, int height,
                                 bool blocks);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_TOP_GRAPH_H_
