// A map in one piece of memory, for keys that come in ascending order.
#ifndef ROLLPORT_BASE_SORTED_MAP_H_
#define ROLLPORT_BASE_SORTED_MAP_H_

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <utility>
#include <vector>

namespace rollport {

// What of std::map is needed, with its meaning, but for two things: it is copied and walked through
// many times faster, and operator[] and erase() make every reference and iterator invalid. A key
// above all others is added in constant time, any other one in linear time.
template <typename Key, typename Value>
class SortedMap {
 public:
  using value_type = std::pair<Key, Value>;
  using iterator = typename std::vector<value_type>::iterator;
  using const_iterator = typename std::vector<value_type>::const_iterator;

  SortedMap() = default;
  SortedMap(std::initializer_list<value_type> entries) {
    for (const auto& [key, value] : entries) (*this)[key] = value;
  }

  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }
  auto rbegin() const { return entries_.rbegin(); }
  auto rend() const { return entries_.rend(); }
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

  iterator find(const Key& key) { return Find(entries_, key); }
  const_iterator find(const Key& key) const { return Find(entries_, key); }
  bool contains(const Key& key) const { return find(key) != end(); }
  // Throws std::out_of_range if there is none.
  Value& at(const Key& key) { return const_cast<Value&>(std::as_const(*this).at(key)); }
  const Value& at(const Key& key) const {
    const const_iterator it = find(key);
    if (it == end()) throw std::out_of_range("SortedMap::at");
    return it->second;
  }

  Value& operator[](const Key& key) {
    if (const iterator it = find(key); it != end()) return it->second;
    return entries_.emplace(LowerBound(entries_, key), key, Value())->second;
  }
  void erase(const Key& key) {
    if (const iterator it = find(key); it != end()) entries_.erase(it);
  }
  // Erases every entry for which `is_unwanted` returns true, in ascending order.
  void EraseIf(auto is_unwanted) { std::erase_if(entries_, is_unwanted); }

  friend bool operator==(const SortedMap&, const SortedMap&) = default;

 private:
  static auto LowerBound(auto& entries, const Key& key) {
    if (!entries.empty() && entries.back().first < key) return entries.end();
    return std::lower_bound(entries.begin(), entries.end(), key,
                            [](const value_type& e, const Key& k) { return e.first < k; });
  }
  static auto Find(auto& entries, const Key& key) {
    const auto it = LowerBound(entries, key);
    return it != entries.end() && it->first == key ? it : entries.end();
  }

  std::vector<value_type> entries_;
};

// Finds keys in constant time if they are asked for in the order of the map, or nearly so; in
// logarithmic time otherwise. REQUIRES: the map lives longer and is not changed.
template <typename Key, typename Value>
class NextFinder {
 public:
  explicit NextFinder(const SortedMap<Key, Value>& map) : map_(map), next_(map.begin()) {}
  // Null if there is none.
  const Value* Find(const Key& key) {
    if (next_ == map_.end() || next_->first != key) {
      const auto found = map_.find(key);
      if (found == map_.end()) return nullptr;
      next_ = found;
    }
    return &next_++->second;
  }

 private:
  const SortedMap<Key, Value>& map_;
  typename SortedMap<Key, Value>::const_iterator next_;
};

}  // namespace rollport

#endif  // ROLLPORT_BASE_SORTED_MAP_H_
