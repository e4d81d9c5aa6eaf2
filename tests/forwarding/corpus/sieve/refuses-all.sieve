require "reject";
reject "Ann has left. Please write to joe@acme.example.";
