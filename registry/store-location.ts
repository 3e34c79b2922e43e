// registry/store-location: where a store is.

/** Where a bucket is and how to sign for it. */
export interface StoreLocation {
  bucket: string;
  endpoint?: string; // AWS S3 itself when absent
  credentials?: { accessKeyId: string; secretAccessKey: string };
}
