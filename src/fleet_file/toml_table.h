// Reads one table of a TOML document key by key, and notes everything that is wrong with it.
// Includes toml++, which is heavy: for fleet_file*.cc only.
#ifndef ROLLPORT_FLEET_FILE_TOML_TABLE_H_
#define ROLLPORT_FLEET_FILE_TOML_TABLE_H_

#include <toml++/toml.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace rollport::fleet_file {

// The first mistake of a file, as one line.
class Mistakes {
 public:
  explicit Mistakes(std::string file) : file_(std::move(file)) {}

  // A mistake at a line; 0 (a default value) means the first line.
  void Add(uint32_t line, std::string_view what);
  // A key that should be there. Reported only if nothing else is wrong, because a mistyped key
  // explains a missing one.
  void AddMissing(uint32_t line, std::string what);

  bool empty() const { return mistake_.empty() && missing_.empty(); }
  // OK, or kInvalidArgument "FILE:LINE: WHAT" for the mistake nearest to the top.
  absl::Status ToStatus() const;

 private:
  const std::string file_;
  std::multimap<uint32_t, std::string> mistake_;
  std::multimap<uint32_t, std::string> missing_;
};

// If the key is missing or its value is wrong, a getter leaves `*out` as it was and returns 0; else
// it returns the line of the value.
class TomlTable {
 public:
  // `name` is for messages: "worker", or empty for the document itself. `table` and `mistakes` are
  // borrowed.
  TomlTable(const toml::table& table, std::string name, Mistakes& mistakes)
      : table_(table), name_(std::move(name)), mistakes_(mistakes) {}

  uint32_t String(std::string_view key, std::string* out);
  uint32_t Bool(std::string_view key, bool* out);
  uint32_t Int(std::string_view key, int min, int max, int* out);
  // A whole number or one with a fraction.
  uint32_t Number(std::string_view key, double min, double max, double* out);
  // Text like "1m30s", from `min` to kLongestWait. REQUIRES: `min` is not negative.
  uint32_t Duration(std::string_view key, absl::Duration min, absl::Duration* out);
  // One of `names`; `*out` becomes its index.
  uint32_t Choice(std::string_view key, const std::vector<std::string>& names, int* out);
  // `lines`, if not null, gets the line of each element.
  uint32_t Strings(std::string_view key, std::vector<std::string>* out,
                   std::vector<uint32_t>* lines = nullptr);
  uint32_t StringMap(std::string_view key, std::map<std::string, std::string>* out,
                     std::map<std::string, uint32_t>* lines);
  // The node itself, or null. Its key counts as asked for.
  const toml::node* Node(std::string_view key);
  // The table of that key; an empty one if there is none.
  TomlTable Table(std::string_view key);

  // Every key that no getter asked for is a mistake.
  void RefuseOthers();

  uint32_t line() const { return Line(table_); }
  // A mistake about `key`'s value.
  void Wrong(uint32_t line, std::string_view key, std::string_view what);
  // "[worker] has no "command"".
  void Missing(std::string_view key);
  static uint32_t Line(const toml::node& node);
  // "expected a string, found a whole number"
  static std::string Expected(std::string_view what, const toml::node& found);

 private:
  bool Text(const toml::node& node, std::string_view key, std::string* out);

  const toml::table& table_;
  const std::string name_;
  Mistakes& mistakes_;
  std::vector<std::string> known_;
};

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_TOML_TABLE_H_
