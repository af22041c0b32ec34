//! Acknowledgments: pacs.002, admi.002 and admi.007, in the partner's dress. Pure. The only place that knows reason codes.
