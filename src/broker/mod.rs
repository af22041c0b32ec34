//! Where inputs come from and answers go: one trait, the embedded queue and Kafka behind it.
