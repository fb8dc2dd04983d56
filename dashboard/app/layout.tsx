import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';

import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/components.css';
import '../styles/notices.css';
import '../styles/heat.css';
import { Shell } from '../components/shell/Shell';
import { SessionProvider } from '../lib/session/session';

export const metadata: Metadata = {
  title: 'Customer segments',
  description: 'Segments, customers and sales of an organisation, live.',
  icons: { icon: '/icon.svg' },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f4f6f8' },
    { media: '(prefers-color-scheme: dark)', color: '#0b0f13' },
  ],
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <SessionProvider>
          <Shell>{children}</Shell>
        </SessionProvider>
      </body>
    </html>
  );
}
