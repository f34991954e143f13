/** The hitching post: two posts and a slack rope. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <span
      aria-hidden
      className="grid shrink-0 place-items-center rounded-[30%] bg-accent text-on-accent"
      style={{ width: size, height: size }}
    >
      <svg
        viewBox="0 0 16 16"
        width={size * 0.68}
        height={size * 0.68}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.700"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d="M4 2v12M12 2v12M2 5.500c3 2.400 9 2.400 12 0" />
      </svg>
    </span>
  );
}
