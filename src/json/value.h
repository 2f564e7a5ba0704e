// A JSON value, and how it is written.
#ifndef ROLLPORT_JSON_VALUE_H_
#define ROLLPORT_JSON_VALUE_H_

#include <nlohmann/json.hpp>
#include <string>

#include "base/printable.h"

namespace rollport::json {

using Ordered = nlohmann::ordered_json;  // its keys stay in the order in which they were added
using Sorted = nlohmann::json;           // its keys are sorted

// One line, without a line end, which cannot control the terminal that shows it
// (base/printable.h). Never throws: what a worker prints may not be UTF-8, and such bytes become
// U+FFFD.
inline std::string ToLine(const Ordered& value) {
  return PrintableJson(value.dump(-1, ' ', false, Ordered::error_handler_t::replace));
}

}  // namespace rollport::json

#endif  // ROLLPORT_JSON_VALUE_H_
