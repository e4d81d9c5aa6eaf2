if header :contains "subject" "invoice" {
  redirect "ann@gmail.com"
}
