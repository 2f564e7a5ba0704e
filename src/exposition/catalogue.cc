#include "exposition/catalogue.h"

namespace rollport::exposition {

std::string_view Name(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
    case Type::kSummary:
      return "summary";
  }
  return "";
}

}  // namespace rollport::exposition
