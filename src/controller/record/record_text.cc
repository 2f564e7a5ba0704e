#include <utility>

#include "absl/strings/str_cat.h"
#include "controller/record/fleet_record.h"
#include "controller/record/fleet_record_fields.h"
#include "json/fields.h"

namespace rollport::controller {
namespace {

using Writer = json::Writer<record::RecordFormat>;

// About as many characters as one takes.
constexpr size_t kEachWorker = 160;

// All but the workers, and the beginning of their list, which is the last one by name.
std::string Beginning(const FleetRecord& record) {
  record::RecordFormat::Json json = Writer::Encode(record);
  json["version"] = record::kVersion;
  json.erase("workers");
  std::string text = json.dump();
  text.pop_back();
  text += ",\"workers\":[";
  return text;
}

}  // namespace

std::string RecordText::Of(FleetRecord record) {
  const std::vector<RecordedWorker> workers = std::exchange(record.workers, {});
  std::string text = Beginning(record);
  text.reserve(text.size() + workers.size() * kEachWorker);
  SortedMap<pid_t, Kept> former = std::exchange(workers_, {});
  const char* comma = "";
  for (const RecordedWorker& worker : workers) {
    const auto known = former.find(worker.pid);
    const bool same = known != former.end() && known->second.worker == worker;
    Kept& kept = workers_[worker.pid];
    kept = same ? std::move(known->second)
                : Kept{.worker = worker, .text = Writer::Encode(worker).dump()};
    absl::StrAppend(&text, comma, kept.text);
    comma = ",";
  }
  text += "]}";
  return text;
}

}  // namespace rollport::controller
