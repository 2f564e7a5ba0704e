// What a fleet tells on its admin address.
#ifndef ROLLPORT_TESTS_INTEGRATION_SCRAPE_H_
#define ROLLPORT_TESTS_INTEGRATION_SCRAPE_H_

#include <map>
#include <string>
#include <string_view>

namespace rollport::integration {

// An address that no other test uses, in 127.90.0.0/16.
std::string FreshAdmin();

class Scrape {
 public:
  // Asks for /metrics now. Not ok() where nobody answers.
  explicit Scrape(const std::string& admin);

  bool ok() const { return !text_.empty(); }
  const std::string& text() const { return text_; }
  // Every series and its value, but without the label `fleet`, which is first:
  // "rollport_workers{state=\"serving\"}".
  const std::map<std::string, double>& all() const { return all_; }
  // -1 where it is not there.
  double operator[](const std::string& series) const;
  // The sum over all series whose name is `name`.
  double Sum(std::string_view name) const;

 private:
  std::string text_;
  std::map<std::string, double> all_;
};

}  // namespace rollport::integration

#endif  // ROLLPORT_TESTS_INTEGRATION_SCRAPE_H_
