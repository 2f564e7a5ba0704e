// docs/metrics.md and the catalogue say the same.
#include "exposition/catalogue.h"

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::exposition {
namespace {

struct Row {
  std::string type, labels, help;
  friend bool operator==(const Row&, const Row&) = default;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.type << " | " << row.labels << " | " << row.help;
}

// The rows of every table whose first cell is a metric's name.
std::map<std::string, Row> Documented() {
  std::ifstream file(std::string(ROLLPORT_SOURCE_DIR) + "/docs/metrics.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::regex line("\\| `(rollport_[a-z0-9_]+)` \\| ([a-z]+) \\| ([^|]*)\\| ([^|]*) \\|");
  std::map<std::string, Row> rows;
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
    const std::string labels = std::regex_replace((*it)[3].str(), std::regex("[` ]"), "");
    const bool fresh = rows.emplace((*it)[1], Row{(*it)[2], labels, (*it)[4]}).second;
    EXPECT_TRUE(fresh) << (*it)[1] << " is there twice";
  }
  return rows;
}

std::map<std::string, Row> Exported() {
  std::map<std::string, Row> rows;
  for (const Metric* metric : kCatalogue) {
    const Row row{std::string(Name(metric->type)), std::string(metric->labels),
                  std::string(metric->help)};
    const bool fresh = rows.emplace(metric->name, row).second;
    EXPECT_TRUE(fresh) << metric->name << " is there twice";
  }
  return rows;
}

TEST(CatalogueTest, EveryMetricIsDocumentedAndNoneMore) { EXPECT_EQ(Documented(), Exported()); }

TEST(CatalogueTest, NamesFollowTheRulesOfPrometheus) {
  const std::regex name("rollport_[a-z0-9_]+");
  for (const Metric* metric : kCatalogue) {
    const std::string text(metric->name);
    EXPECT_TRUE(std::regex_match(text, name)) << text;
    EXPECT_EQ(text.ends_with("_total"), metric->type == Type::kCounter) << text;
    EXPECT_THAT(metric->labels, testing::Not(testing::HasSubstr("pid")));
  }
}

}  // namespace
}  // namespace rollport::exposition
