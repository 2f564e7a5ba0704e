// A worker whose author counts: with "new" as an argument, a release that declares a metric in
// another way.
#include <rollport/worker.h>

#include <string_view>

int main(int argc, char** argv) {
  const bool fresh = argc > 1 && std::string_view(argv[1]) == "new";
  rollport::Worker worker({.name = "shop"});
  rollport::Counter orders =
      worker.AddCounter({.name = "shop_orders_total", .help = "Orders", .labels = {{"of", "tea"}}});
  rollport::Gauge open = worker.AddGauge({.name = "shop_open", .help = "Shops that are open"});
  open.Set(1);
  rollport::Histogram prices;
  rollport::Gauge price;
  if (fresh) {
    prices = worker.AddHistogram({.name = "shop_price", .help = "Prices"}, {1, 10});
  } else {
    price = worker.AddGauge({.name = "shop_price", .help = "The last price, of each shop"});
  }
  worker.Handle("/", [=](const rollport::Request&, rollport::Response response) mutable {
    orders.Add();
    prices.Observe(5);
    price.Set(5);
    response.Send(200, "text/plain", "tea\n");
  });
  return worker.Run();
}
