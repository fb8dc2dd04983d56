import Link from 'next/link';

export default function NotFound() {
  return (
    <div className="stack">
      <h1>There is no such page</h1>
      <p>
        <Link prefetch={false} href="/">Go to the segments</Link>
      </p>
    </div>
  );
}
