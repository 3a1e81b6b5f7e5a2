/** gRPC status codes that this room tells apart, as numbers: their enum would be its only import of grpc. */
export const GRPC = {
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unavailable: 14,
} as const;
