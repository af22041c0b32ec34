module rivals

go 1.21

require github.com/moov-io/iso20022 v0.2.1
