require ["date", "relational", "vacation"];
if anyof (currentdate :value "ge" "hour" "18", currentdate :value "lt" "hour" "08") {
  vacation :days 1 "Our office opens at eight.";
}
