struct Item {
  1: string name
  2: i32 amount
  3: double price
  4: list<string> tags
  5: bool fragile
}

exception Missing {
  1: string name
  2: i16 code
}

service Store {
  i64 put(1: Item item)
  Item get(1: string name) throws (1: Missing missing)
  i32 take(1: string name, 2: i32 amount) throws (1: Missing missing)
  map<string, i32> amounts(1: list<string> names)
  oneway void note(1: string text)
  string last()
}
